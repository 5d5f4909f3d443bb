"""数据共享: networks, grants, queries bound to a case, and who looked."""
