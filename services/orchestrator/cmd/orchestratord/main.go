// Command orchestratord runs the orchestrator: `serve` (the default) or `migrate`.
package main

import (
	"os"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/services/orchestrator"
)

func main() { os.Exit(daemon.Main(orchestrator.Daemon(orchestrator.Config{}))) }
