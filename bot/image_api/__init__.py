"""The image APIs: what paints the pictures, behind one port."""
