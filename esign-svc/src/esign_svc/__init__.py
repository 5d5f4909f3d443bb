"""电子印章 (electronic seals): what was decided becomes a sealed paper and a licence that anyone can verify."""
