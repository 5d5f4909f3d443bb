"""事项目录 (catalogue): units, service items and matters; searched, guided, published in versions that never change."""
