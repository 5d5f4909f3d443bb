"""国家标准电子印章 (seals by GB/T 38540-2020, "V4"): seals and signatures made and judged, with SM2 certificates."""
