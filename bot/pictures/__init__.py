"""Picture files: what they are, and how the demo draws them. The only room that knows the imaging library."""
