package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) authCommand() *cobra.Command {
	return noun("auth", "Who you are to the suite, and the way to its page",
		"  sfctl auth status\n  sfctl auth link",
		a.authStatus(), a.authLink())
}

func (a *app) authStatus() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Show who the gateway takes you for, and what you may do",
		Long:    "Show who the gateway takes you for, and what you may do. It exits with 7 where you may not come in.",
		Example: "  sfctl auth status\n  sfctl auth status --token-file ci.token -o json",
		Args:    noArgs,
	}
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		resp, err := c.orchestrator.WhoAmI(ctx, &orchestratorv1.WhoAmIRequest{})
		if err != nil {
			return err
		}
		return a.emit(resp, []string{resp.GetIdentity().GetName()}, func(w io.Writer) error { return a.whoTable(w, resp.GetIdentity()) })
	})
	return cmd
}

func (a *app) whoTable(w io.Writer, who *orchestratorv1.Identity) error {
	if who == nil {
		_, err := fmt.Fprintf(w, "%s asks nobody for a token: whoever reaches it may do everything.\n", a.server)
		return err
	}
	if who.GetSubject() != "" {
		return a.subjectTable(w, who)
	}
	t := &orchestratorv1.Token{AllDatasets: who.GetAllDatasets(), Datasets: who.GetDatasets(), ExpiresAt: who.GetExpiresAt()}
	_, err := fmt.Fprintf(w, "%s at %s\n  %-8s  %s\n  %-8s  %s\n  %-8s  %s\n  %-8s  %s\n", printer.OneLine(who.GetName()), a.server,
		"role", printer.Enum(who.GetRole()), "datasets", datasetsOf(t), "token", who.GetToken(), "until", until(t))
	return err
}

// subjectTable is whoTable for somebody whom an issuer tells of.
func (a *app) subjectTable(w io.Writer, who *orchestratorv1.Identity) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s at %s\n  %-8s  %s\n  %-8s  %s\n", printer.OneLine(who.GetName()), a.server, "issuer", printer.OneLine(who.GetIssuer()), "subject", printer.OneLine(who.GetSubject()))
	for _, g := range who.GetGrants() {
		fmt.Fprintf(&out, "  %-8s  %s of %s\n", "granted", printer.Enum(g.GetRole()), datasetsOf(&orchestratorv1.Token{AllDatasets: g.GetAllDatasets(), Datasets: g.GetDatasets()}))
	}
	if len(who.GetGrants()) == 0 {
		fmt.Fprintf(&out, "  %-8s  %s\n", "granted", "nothing")
		a.note("An admin grants you a role with: sfctl grant create --role reader --issuer %s --subject %s", quote(who.GetIssuer()), quote(who.GetSubject()))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (a *app) authLink() *cobra.Command {
	var page string
	cmd := &cobra.Command{
		Use:   "link",
		Short: "Make a link by which a browser gets to the page, once",
		Long: `Make a link by which a browser gets to the page as you, once and within ten minutes. The
browser then stays in for twelve hours, or until your token ends. It reads, and changes nothing.

The link holds a secret, so where the page is is never guessed: it is read beside the token of
sfctl dev, and for every other token --page says it.`,
		Example: "  sfctl auth link\n  sfctl auth link --page https://streamflow.example",
		Args:    noArgs,
	}
	cmd.Flags().StringVar(&page, "page", "", "where the page is, such as https://streamflow.example; otherwise that of the sfctl dev whose token it is")
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		at, err := a.pageAt(page)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		resp, err := c.orchestrator.CreateLogin(ctx, &orchestratorv1.CreateLoginRequest{})
		if err != nil {
			return err
		}
		link := devsuite.LoginURL(at, resp.GetSecret())
		return a.emit(resp, []string{link}, func(w io.Writer) error {
			a.note("Good once, until %s:", printer.Moment(resp.GetExpiresAt()))
			_, err := fmt.Fprintln(w, link)
			return err
		})
	})
	return cmd
}
