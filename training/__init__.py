"""From labeled face crops to a model pack: data, adversarial training, export, evaluation."""
