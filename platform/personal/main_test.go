package personal_test

import (
	"os"
	"testing"

	"github.com/streamflow/streamflow/platform/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
