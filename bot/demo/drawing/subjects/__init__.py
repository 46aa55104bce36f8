"""What a picture shows: animals, things, and where they stand."""
