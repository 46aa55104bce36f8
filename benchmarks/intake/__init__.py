"""How soon members see that they were heard."""
