import { describe, expect, it } from "vitest";
import { readCards, writeCards } from "./vcard";

describe("contact cards", () => {
  const people = [
    { name: "Müller; Jörg, Dr. \\ Arzt", address: "/private/joerg" },
    { name: "田中さくら".repeat(12), address: "sip:sakura@example.org" },
    { name: "Hafen", address: "+15550100199" },
  ];

  it("come back as they were written", () => {
    expect(readCards(writeCards(people))).toEqual(people);
  });

  it("have no line longer than 75 octets", () => {
    for (const line of writeCards(people).split("\r\n")) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
  });

  it("of other programs are read, too", () => {
    const file = [
      "BEGIN:VCARD\nVERSION:3.0\nN:Doe;Jane;;;\nitem1.TEL;TYPE=CELL,VOICE:+1 (555) 010-0199\nTEL:5550100\nEMAIL:jane@example.org\nEND:VCARD",
      "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Bob\r\n  by\r\nTEL;VALUE=uri;TYPE=home:tel:+15550100198;ext=1\r\nIMPP;PREF=1:sip:bob@example.org\r\nEND:VCARD\r\n",
    ].join("\n");
    expect(readCards(file)).toEqual([
      { name: "Jane Doe", address: "+15550100199" },
      { name: "Bob by", address: "+15550100198" },
      { name: "Bob by", address: "sip:bob@example.org" },
    ]);
  });

  it("that are none give nothing", () => {
    for (const file of ["", "hello", "FN:Nobody\nTEL:+15550100199", "BEGIN:VCARD\nFN:No address\nEND:VCARD", "BEGIN:VCARD\nTEL:+1555"]) expect(readCards(file)).toEqual([]);
  });
});
