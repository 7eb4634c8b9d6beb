"""What several stages share: content hashes and words."""
