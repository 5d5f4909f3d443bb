"""一网 综合评价: what citizens say and what really happened, as numbers that anyone can compute again."""
