// The program of a pod in the tests of a real node: it counts its starts in a volume, and tells whoever asks.
package main

import (
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) < 2 {
		// As the sandbox of a pod, it has nothing to do but to end.
		end := make(chan os.Signal, 1)
		signal.Notify(end, syscall.SIGTERM)
		<-end
		return
	}
	if os.Args[1] == "greet" {
		fmt.Println("hello from inside")
		return
	}
	counter, err := os.OpenFile(os.Args[1], os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err == nil {
		_, err = counter.WriteString(".")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("listening")
	err = http.ListenAndServe(":8080", http.HandlerFunc(func(response http.ResponseWriter, _ *http.Request) {
		info, err := counter.Stat()
		if err != nil {
			http.Error(response, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(response, "start %d", info.Size())
	}))
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
