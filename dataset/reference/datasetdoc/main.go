// Datasetdoc writes docs/reference/dataset.md. It reads the descriptors of the protos
// and their comments, as `buf build` makes them.
package main

import (
	"fmt"
	"io"
	"os"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/streamflow/streamflow/dataset/reference"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "datasetdoc:", err)
		os.Exit(1)
	}
}

func run(r io.Reader, w io.Writer) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	var protos descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(raw, &protos); err != nil {
		return fmt.Errorf("read the descriptors: %w", err)
	}
	return reference.Write(w, &protos)
}
