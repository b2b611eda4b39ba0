package orchestrator_test

import (
	"os"
	"testing"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/services/orchestrator"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, orchestrator.Migrations())) }
