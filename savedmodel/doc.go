// Package savedmodel runs a pack's SavedModel on TensorFlow, through TensorFlow's own Go bindings: a face's logits, and the gradients
// that attacks with full knowledge of the weights need. Only programs built with the tag tensorflow can: see Open.
package savedmodel

// Batch is how many images TensorFlow is given at once; more take several runs.
const Batch = 32 // beyond this the activations leave the processor's cache
