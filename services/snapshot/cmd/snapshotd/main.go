// Command snapshotd keeps the history of datasets: `snapshotd` serves, `snapshotd
// migrate` brings its schema up to date, `-h` lists the settings.
package main

import (
	"os"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/services/snapshot"
)

func main() { os.Exit(daemon.Main(snapshot.Daemon(snapshot.Config{}))) }
