"""From labelled face crops to a model pack: data, adversarial training, export, evaluation."""
