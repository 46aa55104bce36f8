"""What members do: commands, buttons, answers; and the acceptance of requests."""
