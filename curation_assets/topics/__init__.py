"""topics: what documents are about, and what they look like, by clusters."""
