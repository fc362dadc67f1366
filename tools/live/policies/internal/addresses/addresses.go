// Package addresses knows which pod was given which address. It asks the node and not the API server: the node knows it before the
// first process of a pod runs, the API server seconds later, and what is on record there may be from before the machine was
// started last, when addresses were given to others.
package addresses

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"mlops-platform/live-policies/internal/rules"
)

// Results is the directory in which CNI's library keeps what the plugins have given to each pod, until they take it back.
type Results string

// result is a file of it, as far as it matters here.
type result struct {
	Arguments [][2]string `json:"cniArgs"`
	Result    struct {
		IPs []struct {
			Address string `json:"address"`
		} `json:"ips"`
	} `json:"result"`
}

// Holders are all pods with an address of their own.
func (r Results) Holders() ([]rules.Holder, error) {
	entries, err := os.ReadDir(string(r))
	if errors.Is(err, fs.ErrNotExist) {
		// No pod was started yet.
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var holders []rules.Holder
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(string(r), entry.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		// One that is being written can't be read yet: whoever asks tries again.
		var read result
		if err := json.Unmarshal(data, &read); err != nil {
			return nil, err
		}
		holders = append(holders, read.holders()...)
	}
	return holders, nil
}

func (r result) holders() []rules.Holder {
	given := map[string]string{}
	for _, argument := range r.Arguments {
		given[argument[0]] = argument[1]
	}
	var holders []rules.Holder
	for _, ip := range r.Result.IPs {
		prefix, err := netip.ParsePrefix(ip.Address)
		// A pod's loopback device is listed, too.
		if err != nil || !prefix.Addr().Is4() || prefix.Addr().IsLoopback() {
			continue
		}
		holders = append(holders, rules.Holder{
			Namespace: given["K8S_POD_NAMESPACE"], Name: given["K8S_POD_NAME"], UID: given["K8S_POD_UID"], Address: prefix.Addr(),
		})
	}
	return holders
}

// Changed is when somebody was last given an address, or had one taken back; zero when nobody was ever.
func (r Results) Changed() time.Time {
	directory, err := os.Stat(string(r))
	if err != nil {
		return time.Time{}
	}
	return directory.ModTime()
}
