"""What light, weather and cameras do to a face: corruptions of pictures, float32 [n, side, side, 3] in [0, 1]."""
