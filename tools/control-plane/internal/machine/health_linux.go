// Health: how the supervisor knows that a daemon is ready.
package machine

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"mlops-platform/control-plane/internal/api"
)

func (h Health) check(ctx context.Context) error {
	if h.URL == "" {
		return nil
	}
	target, err := url.Parse(h.URL)
	if err != nil {
		return err
	}
	switch target.Scheme {
	case "unix":
		connection, err := (&net.Dialer{}).DialContext(ctx, "unix", target.Path)
		if err != nil {
			return err
		}
		return connection.Close()
	case "https":
		client, err := api.NewClient(target.Scheme+"://"+target.Host, h.Credentials)
		if err != nil {
			return err
		}
		defer client.Close()
		return client.Healthy(ctx, target.Path)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", h.URL, response.Status)
	}
	return nil
}
