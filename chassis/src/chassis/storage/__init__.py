"""The storage wing: files under random names in a folder or a bucket, encrypted, each written once."""
