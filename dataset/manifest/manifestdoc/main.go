// Manifestdoc writes docs/reference/manifest.md out of the fields of a manifest, and
// with -schema its JSON schema, docs/reference/manifest.schema.json.
package main

import (
	"fmt"
	"os"

	"github.com/streamflow/streamflow/dataset/manifest"
)

func main() {
	var err error
	if len(os.Args) > 1 && os.Args[1] == "-schema" {
		_, err = os.Stdout.Write(manifest.Schema())
	} else {
		err = manifest.WriteReference(os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "manifestdoc:", err)
		os.Exit(1)
	}
}
