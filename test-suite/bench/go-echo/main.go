// examples/echo-server.c with goroutines: one for each connection. Prints its port; ends when its standard input does.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

func serve(c net.Conn) {
	buffer := make([]byte, 4096)
	for {
		n, err := c.Read(buffer)
		if err != nil {
			break
		}
		if _, err := c.Write(buffer[:n]); err != nil {
			break
		}
	}
	c.Close()
}

func main() {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				panic(err)
			}
			go serve(c)
		}
	}()
	io.Copy(io.Discard, os.Stdin)
}
