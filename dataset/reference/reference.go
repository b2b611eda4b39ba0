// Package reference writes docs/reference/dataset.md: every key of a dataset out of the
// proto, every type out of package columntype, every expectation out of the catalogue,
// and the rules of CSV files. What it says of values is data that the tests of ingest
// hold to be true.
package reference

import (
	_ "embed"
	"fmt"
	"io"
	"strings"

	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

//go:embed head.md
var head string

//go:embed example.yaml
var example string

//go:embed csv.md
var csvRules string

// Example is the dataset of the page, in which every key stands.
func Example() string { return example }

// Write writes the page. The descriptors are those of the protos, with their comments;
// without them it fails.
func Write(w io.Writer, protos *descriptorpb.FileDescriptorSet) error {
	files, err := protodesc.NewFiles(protos)
	if err != nil {
		return fmt.Errorf("read the descriptors: %w", err)
	}
	d, mistakes := dataset.Read("example.yaml", []byte(example))
	if err := mistakes.Err(); err != nil {
		return fmt.Errorf("read the example: %w", err)
	}
	root, err := files.FindDescriptorByName(d.ProtoReflect().Descriptor().FullName())
	if err != nil {
		return fmt.Errorf("find the dataset's message: %w", err)
	}
	page := &page{examples: examplesOf(d)}
	page.text(head + "```yaml\n" + example + "```\n")
	page.message(root.(protoreflect.MessageDescriptor), map[protoreflect.FullName]bool{})
	if page.uncommented != "" {
		return fmt.Errorf("%s has no comment: the descriptors must carry those of the protos", page.uncommented)
	}
	page.types()
	page.text(csvRules)
	page.expectations()
	_, err = io.WriteString(w, page.b.String())
	return err
}

// page is the page as far as it is written.
type page struct {
	b strings.Builder
	// examples are values of keys, by the name of the proto's field.
	examples map[protoreflect.FullName]string
	// uncommented is a field without a comment.
	uncommented protoreflect.FullName
}

func (p *page) text(s string) { p.b.WriteString(s) }

func (p *page) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

// plain are characters of a cell that would be Markdown's.
var plain = strings.NewReplacer("|", `\|`, "<", "&lt;")

// row writes a row of a table.
func (p *page) row(cells ...string) {
	for i, c := range cells {
		cells[i] = plain.Replace(c)
	}
	p.line("| %s |", strings.Join(cells, " | "))
}

// Missing lists the keys of a dataset that the example does not show.
func Missing() []string {
	d, _ := dataset.Parse("example.yaml", []byte(example))
	shown := examplesOf(d)
	var missing []string
	for _, message := range messages((&datasetv1.Dataset{}).ProtoReflect().Descriptor(), nil) {
		for i := range message.Fields().Len() {
			if name := message.Fields().Get(i).FullName(); shown[name] == "" {
				missing = append(missing, string(name))
			}
		}
	}
	return missing
}
