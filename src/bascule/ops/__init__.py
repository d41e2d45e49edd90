"""Running the product: health, schedule, retention. Empty until the night job exists."""
