// Command ingestd runs the ingest service: `ingestd serve` (the default), or `ingestd
// migrate` to bring its schema up to date.
package main

import (
	"os"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/services/ingest"
)

func main() { os.Exit(daemon.Main(ingest.Daemon(ingest.Config{}))) }
