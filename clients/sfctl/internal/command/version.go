package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/buildinfo"
)

// versions are what both sides were built from, as programs read it.
type versions struct {
	Client buildinfo.Info `json:"client"`
	// Server is the gateway's version; empty where none answers.
	Server string `json:"server"`
}

func (a *app) versionCommand() *cobra.Command {
	var client bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version of sfctl, and that of the gateway",
		Long: `Print the version of sfctl, and that of the gateway where one answers. That none does
is said, and no failure.`,
		Example: `  sfctl version
  sfctl version --client -o json`,
		Args: noArgs,
	}
	cmd.Flags().BoolVar(&client, "client", false, "only the version of sfctl: no server is asked")
	cmd.RunE = a.action(func(cmd *cobra.Command, _ []string) error {
		v := versions{Client: buildinfo.Read()}
		var err error
		if !client {
			if v.Server, err = a.serverVersion(cmd.Context()); err != nil {
				a.note("The gateway's version is not known: %s", exit.Of(err, a.server).Message)
			}
		}
		return a.emitValue(v, []string{v.Client.Version}, v.write)
	})
	return cmd
}

func (v versions) write(w io.Writer) error {
	if _, err := fmt.Fprintln(w, "sfctl "+v.Client.String()); err != nil || v.Server == "" {
		return err
	}
	_, err := fmt.Fprintln(w, "gateway "+v.Server)
	return err
}

// serverVersion asks the gateway, which names its version in the head of every answer.
func (a *app) serverVersion(ctx context.Context) (string, error) {
	c, err := a.connect()
	if err != nil {
		return "", err
	}
	defer c.close()
	ctx, cancel := context.WithTimeout(ctx, completionLimit)
	defer cancel()
	var head metadata.MD
	_, err = healthv1.NewHealthClient(c.conn).Check(ctx, &healthv1.HealthCheckRequest{}, grpc.Header(&head))
	if said := head.Get(buildinfo.Header); len(said) > 0 {
		return said[0], nil
	}
	return "", err
}
