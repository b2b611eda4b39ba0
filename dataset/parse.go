package dataset

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/dataset/internal/protoyaml"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Parse decodes YAML that is the Dataset message, field for field, with enum
// values as short lower case words (full, delete, month_end, warning) or by
// their name in the proto. The arguments of an expectation are free YAML; their
// numbers keep their value, and dates are texts. It finds every mistake at once,
// and returns what it could read beside them. name is the file's, for messages.
func Parse(name string, yaml []byte) (*datasetv1.Dataset, Mistakes) {
	d, result := parse(yaml)
	return d, parseMistakes(name, result)
}

// Read is Parse and then Lint, each mistake with the place where it stands. What
// Lint finds only because of a mistake of Parse is left out.
func Read(name string, yaml []byte) (*datasetv1.Dataset, Mistakes) {
	d, result := parse(yaml)
	mistakes := parseMistakes(name, result)
	if !result.Readable {
		return d, mistakes
	}
	unread := mistakesOfParse(result)
	for _, m := range Lint(d) {
		if unread.explain(m) {
			continue
		}
		position := result.Positions.Of(m.Path)
		m.File, m.Line, m.Column = name, position.Line, position.Column
		mistakes = append(mistakes, m)
	}
	mistakes.sort()
	return d, mistakes
}

// Warn lists the Warnings of a dataset, each with the place where it stands. name is
// the file's, for messages; of what cannot be read there are none.
func Warn(name string, yaml []byte) Mistakes {
	d, result := parse(yaml)
	if !result.Readable {
		return nil
	}
	warnings := Warnings(d)
	for i, w := range warnings {
		position := result.Positions.Of(w.Path)
		warnings[i].File, warnings[i].Line, warnings[i].Column = name, position.Line, position.Column
	}
	return warnings
}

// Marshal writes a dataset as the YAML that Parse reads as the same dataset: set
// fields only, in the order of the proto. It fails on a dataset that YAML cannot
// hold, such as one with an enum value that is not known.
func Marshal(d *datasetv1.Dataset) ([]byte, error) { return protoyaml.Marshal(d) }

func parse(yaml []byte) (*datasetv1.Dataset, protoyaml.Result) {
	d := &datasetv1.Dataset{}
	return d, protoyaml.Unmarshal(yaml, d, hint)
}

// hint knows the fields of Great Expectations' suites.
func hint(message protoreflect.FullName, field string) string {
	if message == (&datasetv1.Expectation{}).ProtoReflect().Descriptor().FullName() {
		return expectation.FieldHint(field)
	}
	return ""
}

func parseMistakes(name string, result protoyaml.Result) Mistakes {
	var mistakes Mistakes
	for _, m := range result.Mistakes {
		mistakes = append(mistakes, Mistake{File: name, Line: m.Line, Column: m.Column, Path: m.Path, Message: m.Message})
	}
	return mistakes
}
