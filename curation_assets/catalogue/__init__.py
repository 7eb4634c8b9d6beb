"""What the tables of the lake are declared to hold: types, sentences, where columns come from."""
