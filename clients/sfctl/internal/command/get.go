package command

import (
	"context"
	"io"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"
)

// one is the answer of a get: the response, the id of what is in it, and how that is
// written for people.
type one struct {
	response proto.Message
	id       string
	write    func(io.Writer) error
}

// shows makes a command one that is told a thing by its id or as the newest, asks for it
// within callLimit and writes it. ask gets the id or the part of it that was given.
func (a *app) shows(cmd *cobra.Command, k kind, ask func(ctx context.Context, c *clients, id string) (one, error)) *cobra.Command {
	which := a.whichOf(cmd, k)
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		id, err := which.id(ctx, c, args)
		if err != nil {
			return err
		}
		got, err := ask(ctx, c, id)
		if err != nil {
			return err
		}
		return a.emit(got.response, []string{got.id}, got.write)
	})
	return cmd
}
