// Command sfctl is StreamFlow's command line.
package main

import (
	"os"

	"github.com/streamflow/streamflow/clients/sfctl/internal/command"
)

func main() { os.Exit(command.Main()) }
