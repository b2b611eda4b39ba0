package manifest

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

const head = `# The manifest of a delivery

A delivery may say what it is, in a file ` + "`manifest.json`" + ` beside its files. StreamFlow believes it, and holds the delivery to it: a dataset or as_of that differs from
the run's stops the run before anything is read, and a file whose checksum, rows or bytes differ is a finding. So a manifest has to be right: a key that is not
known, one that is repeated, a value that cannot be meant, a table's file that the list leaves out, are findings (MANIFEST_INVALID), each with what is right, and nothing of
the delivery is published. A delivery without a manifest is an ordinary one.

*Generated from the fields in dataset/manifest by ` + "`make generate`" + `; do not edit.*

## Fields

| key | required | value | meaning |
| --- | --- | --- | --- |
`

const rules = `
At least one of %s stands in it. The file is UTF-8 (a byte order mark at its beginning is skipped), of at most 4 MiB, and lists at most 10,000 files. Keys are written as here, letter for letter; what is yours goes under ` + "`meta`" + `.

Beyond what the schema below can say:

- no key stands twice in one object, but within ` + "`meta`" + `, which is yours, and no file twice in the list;
- a name is not longer than 255 bytes, holds no ` + "`..`" + `, and is not ` + "`manifest.json`" + `;
- the file is called ` + "`manifest.json`" + ` in lower case: a ` + "`Manifest.json`" + ` is a finding, and is not read;
- where there is a list, every file that the dataset's tables are read from stands in it. A file in the list that feeds no table is a warning where it is there (its checksum is compared
  with nothing), and a finding where it is not.

## Example

`

// WriteReference writes docs/reference/manifest.md.
func WriteReference(w io.Writer) error {
	var b strings.Builder
	b.WriteString(head)
	rows(&b, "", document)
	rows(&b, "files[].", listed)
	fmt.Fprintf(&b, rules, "`"+strings.Join(says, "`, `")+"`")
	b.WriteString("```json\n" + exampleDocument() + "```\n\n## Schema\n\nAs a file: [manifest.schema.json](manifest.schema.json).\n\n```json\n")
	b.Write(Schema())
	b.WriteString("```\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func rows(b *strings.Builder, prefix string, fields []field) {
	for _, f := range fields {
		required := "no"
		if f.required {
			required = "yes"
		}
		fmt.Fprintf(b, "| `%s%s` | %s | %s | %s |\n", prefix, f.name, required, f.kind.words(), f.doc)
	}
}

// words say what a value of the kind is.
func (k kind) words() string {
	switch k {
	case kindText:
		return "text"
	case kindDay:
		return "a day, YYYY-MM-DD"
	case kindFileName:
		return "the name of a file"
	case kindSHA256:
		return "64 hex digits"
	case kindCount:
		return "a whole number from 0"
	case kindFiles:
		return "a list of objects, not empty"
	case kindOwn:
	}
	return "anything"
}

// exampleDocument is a manifest of every field that has an example.
func exampleDocument() string {
	text, err := json.MarshalIndent(exampleOf(document), "", "  ")
	if err != nil {
		panic(err) //nolint:forbidigo // the fields are constants, which JSON can hold
	}
	return string(text) + "\n"
}

func exampleOf(fields []field) map[string]any {
	o := map[string]any{}
	for _, f := range fields {
		switch {
		case f.kind == kindFiles:
			o[f.name] = []any{exampleOf(listed)}
		case f.example != nil:
			o[f.name] = f.example
		}
	}
	return o
}
