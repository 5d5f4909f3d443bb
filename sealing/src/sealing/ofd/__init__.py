"""版式文件 OFD (GB/T 33190-2016): letters and licences written as sealed OFD, and files of anyone judged."""
