"""What is drawn on training crops: masks, things that hide a mouth, darker skin, and what a cheap camera does."""
