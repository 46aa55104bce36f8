"""The page by itself, on a real socket."""
