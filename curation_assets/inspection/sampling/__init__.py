"""What ``curate sample`` shows: real documents, chosen by what decided about them."""
