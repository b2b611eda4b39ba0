// Package safeurl tells addresses at which nobody else can answer: those with https, and
// those of this machine.
package safeurl

import (
	"fmt"
	"net"
	"net/url"
)

// Check refuses an address that others could answer at: one without TLS that is not on this
// machine, and one that is none, or holds more than where something is.
func Check(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || u.Fragment != "" || u.RawQuery != "" {
		return fmt.Errorf("expected an address, https://…, found %q", address)
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()) {
		return nil
	}
	if u.Scheme != "https" {
		return fmt.Errorf("expected an address with https, found %q: without TLS anybody on the way could answer in its place", address)
	}
	return nil
}
