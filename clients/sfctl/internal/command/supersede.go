package command

import (
	"errors"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/prose"
)

// checkSupersede refuses to correct history without saying why: in a year nobody knows.
func (s *start) checkSupersede() error {
	switch given := !prose.Blank(s.reason); {
	case s.supersede && !given:
		return exit.BadUsage(errors.New(`--supersede needs --reason "…": why the date is corrected is kept with every revision`))
	case given && !s.supersede:
		return exit.BadUsage(errors.New("--reason is only for --supersede"))
	}
	return nil
}
