// Command qualityd serves the quality service, or migrates its schema.
package main

import (
	"os"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/services/quality"
)

func main() { os.Exit(daemon.Main(quality.Daemon(quality.Config{}))) }
