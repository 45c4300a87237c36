"""What there is to say about one customer on one day: gathered, put in order, summed up in a sentence."""
