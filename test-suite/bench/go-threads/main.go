// The works of threads.c with goroutines: the same counts, default GOMAXPROCS. Prints nanoseconds per operation.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"
)

func together(count int, f func(i int)) {
	var w sync.WaitGroup
	w.Add(count)
	for i := 0; i < count; i++ {
		go func() { f(i); w.Done() }()
	}
	w.Wait()
}

func spawn(n int) {
	for i := 0; i < n; i++ {
		c := make(chan int)
		go func() { c <- i }()
		<-c
	}
}

func yield(n int) {
	together(64, func(int) {
		for i := 0; i < n/64; i++ {
			runtime.Gosched()
		}
	})
}

func turns(n int) {
	var m sync.Mutex
	c := sync.NewCond(&m)
	turn := 0
	together(2, func(me int) {
		for i := 0; i < n/2; i++ {
			m.Lock()
			for turn != me {
				c.Wait()
			}
			turn = 1 - turn
			c.Signal()
			m.Unlock()
		}
	})
}

func ring(n int) {
	var c [100]chan struct{}
	for i := range c {
		c[i] = make(chan struct{}, 1)
	}
	c[0] <- struct{}{}
	together(100, func(me int) {
		for i := 0; i < n/100; i++ {
			<-c[me]
			c[(me+1)%100] <- struct{}{}
		}
	})
}

func pipes(n int) {
	var r, w [100]*os.File
	for i := range r {
		r[i], w[i], _ = os.Pipe()
	}
	w[0].Write([]byte{1})
	together(100, func(me int) {
		b := make([]byte, 1)
		for i := 0; i < n/100; i++ {
			r[me].Read(b)
			w[(me+1)%100].Write(b)
		}
	})
}

func sleep(n int) {
	together(1000, func(int) {
		for i := 0; i < n/1000; i++ {
			time.Sleep(time.Millisecond)
		}
	})
}

func node(out chan int, first, leaves int) {
	if leaves == 1 {
		out <- first
		return
	}
	c := make(chan int)
	for i := 0; i < 10; i++ {
		go node(c, first+i*leaves/10, leaves/10)
	}
	sum := 0
	for i := 0; i < 10; i++ {
		sum += <-c
	}
	out <- sum
}

func skynet(n int) {
	c := make(chan int)
	go node(c, 0, n)
	if <-c != n*(n-1)/2 {
		panic("sum")
	}
}

func main() {
	works := map[string]struct {
		run   func(int)
		count int
	}{"spawn": {spawn, 200000}, "yield": {yield, 2000000}, "turns": {turns, 400000}, "ring": {ring, 1000000},
		"pipes": {pipes, 400000}, "sleep": {sleep, 200000}, "skynet": {skynet, 10000}}
	w := works[os.Args[1]]
	n := w.count
	if len(os.Args) > 2 {
		n, _ = strconv.Atoi(os.Args[2])
	}
	begin := time.Now()
	w.run(n)
	fmt.Printf("%.1f\n", float64(time.Since(begin).Nanoseconds())/float64(n))
}
