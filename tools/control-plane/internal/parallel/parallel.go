// Package parallel does the same with many things at once.
package parallel

import "errors"

// Each is done when the work on every item is; its error holds all of theirs.
func Each[T any](items []T, work func(T) error) error {
	results := make(chan error, len(items))
	for _, item := range items {
		go func() { results <- work(item) }()
	}
	var failures []error
	for range items {
		failures = append(failures, <-results)
	}
	return errors.Join(failures...)
}
