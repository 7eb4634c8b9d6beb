"""What describes a mixture to others: the dataset card, and Croissant's JSON-LD. No stage is imported."""
