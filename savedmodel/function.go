//go:build tensorflow

package savedmodel

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	tf "github.com/tensorflow/tensorflow/tensorflow/go"
)

// function is one of the SavedModel's signatures: where in the graph its tensors go in and come out.
type function struct {
	name   string
	inputs []tf.Output
	shapes [][]int64 // of the inputs
	output [1]tf.Output
}

// port is a float32 tensor of a signature; -1 in its shape stands for any number.
type port struct {
	name  string
	shape []int64
}

func (n *Network) find(name string, inputs []port, output port) (function, error) {
	f := function{name: name}
	signature, ok := n.model.Signatures[name]
	if !ok {
		return f, fmt.Errorf("signature %s: missing", name)
	}
	for _, in := range inputs {
		at, err := n.at(signature.Inputs, in)
		if err != nil {
			return f, fmt.Errorf("signature %s: input %w", name, err)
		}
		f.inputs, f.shapes = append(f.inputs, at), append(f.shapes, slices.Clone(in.shape))
	}
	at, err := n.at(signature.Outputs, output)
	if err != nil {
		return f, fmt.Errorf("signature %s: output %w", name, err)
	}
	f.output[0] = at
	return f, nil
}

// at finds a port's place in the graph, which the file writes as operation:number.
func (n *Network) at(ports map[string]tf.TensorInfo, want port) (tf.Output, error) {
	info, ok := ports[want.name]
	if !ok {
		return tf.Output{}, fmt.Errorf("%s: missing", want.name)
	}
	shape, err := info.Shape.ToSlice()
	if err != nil || info.DType != tf.Float || !slices.Equal(shape, want.shape) {
		return tf.Output{}, fmt.Errorf("%s: type %d, shape %v, want float32 (type 1), %v", want.name, info.DType, info.Shape, want.shape)
	}
	name, number, _ := strings.Cut(info.Name, ":")
	index, err := strconv.Atoi(number)
	operation := n.model.Graph.Operation(name)
	if err != nil || operation == nil || index < 0 || index >= operation.NumOutputs() {
		return tf.Output{}, fmt.Errorf("%s: not in the graph as %q", want.name, info.Name)
	}
	return operation.Output(index), nil
}
