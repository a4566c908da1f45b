"""Why models answer as they do, and what goes on inside them."""
