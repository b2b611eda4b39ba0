// Command openapi turns the Swagger 2 document that protoc-gen-openapiv2 makes of the
// protos and gateway.yaml into the OpenAPI 3 document that the gateway serves. It adds
// what Swagger cannot know: the event stream, problem+json, 202 for a started run.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	in := flag.String("in", "", "Swagger 2 document to read")
	out := flag.String("out", "", "OpenAPI 3 document to write")
	flag.Parse()
	if *in == "" || *out == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: openapi -in swagger.json -out openapi.json")
		os.Exit(2)
	}
	if err := run(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run(in, out string) error {
	swagger, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	document, err := convert(swagger)
	if err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	return os.WriteFile(out, document, 0o644) //nolint:gosec // a committed document, for everyone to read
}
