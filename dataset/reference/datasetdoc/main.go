// Datasetdoc writes docs/reference/dataset.md. Its argument is a file with the
// descriptors of the protos and their comments, as `buf build` makes it.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/streamflow/streamflow/dataset/reference"
)

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "datasetdoc:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, args []string) error {
	if len(args) != 1 {
		return errors.New("expected the file of the descriptors")
	}
	raw, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var protos descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(raw, &protos); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return reference.Write(w, &protos)
}
