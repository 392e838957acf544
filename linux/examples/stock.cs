// SPDX-License-Identifier: MIT
// stock.cs - what is in stock, kept by the PersistentDictionary of ManagedEsent, on Linux. README.md says how it is run.
//
//     mono stock.exe FOLDER set 17 "hex bolts"
//     mono stock.exe FOLDER list                 by number
//     mono stock.exe FOLDER list 10 20           those numbers only
//     mono stock.exe FOLDER remove 17
//     mono stock.exe FOLDER                      reads commands from standard input, one a line
//
// Exit status: 0 done, 1 no such item, 2 wrong usage.

using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.Isam.Esent.Collections.Generic;

internal static class Stock
{
    private static int Main(string[] args)
    {
        if (args.Length == 0)
        {
            return Usage();
        }

        using (var stock = new PersistentDictionary<int, string>(args[0]))
        {
            if (args.Length > 1)
            {
                return Do(stock, args.Skip(1).ToArray());
            }

            int status = 0;
            string line;
            while ((line = Console.ReadLine()) != null)
            {
                status = Math.Max(status, Do(stock, line.Split(new[] { ' ' }, 3)));
            }

            return status;
        }
    }

    private static int Usage()
    {
        Console.Error.WriteLine("usage: stock.exe FOLDER [set NUMBER NAME | list [FROM TO] | remove NUMBER]");
        return 2;
    }

    private static int Do(PersistentDictionary<int, string> stock, string[] words)
    {
        int[] numbers = words.Skip(1).Take(words[0] == "list" ? 2 : 1).Select(int.Parse).ToArray();
        switch (words[0] + " " + words.Length)
        {
            case "set 3":
                stock[numbers[0]] = words[2];
                stock.Flush(); // changes are committed lazily: from here on this one outlives a failure of the machine
                Console.WriteLine("{0} {1}", numbers[0], words[2]);
                return 0;
            case "remove 2":
                return stock.Remove(numbers[0]) ? 0 : 1;
            case "list 1":
                return List(stock);
            case "list 3":
                return List(stock.Where(x => x.Key >= numbers[0] && x.Key <= numbers[1])); // reads no others
            default:
                return Usage();
        }
    }

    private static int List(IEnumerable<KeyValuePair<int, string>> items)
    {
        foreach (KeyValuePair<int, string> item in items)
        {
            Console.WriteLine("{0} {1}", item.Key, item.Value);
        }

        return 0;
    }
}
