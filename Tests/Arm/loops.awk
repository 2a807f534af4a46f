# Reads the disassembly of a set of kernels for aarch64, as `aarch64-linux-gnu-objdump -d
# --no-show-raw-insn` prints it, and judges the innermost loops that multiply and add. Each must work on
# full registers (.4s) and leave the stack alone: a vector that does not fit the registers is loaded
# and stored in every round. The largest loop of the 1x1 convolution must hold a whole tile and copy
# no vector. Prints that loop of each kernel; ends with 1 if one is not as it should be.

function judge(first, last,    at, fmla, full, stack, copies, loads, words) {
  for (at = first; at <= last; at++) {
    split(text[at], words)
    if (words[2] == "fmla") fmla++
    if (words[2] == "fmla" && words[3] ~ /\.4s,$/) full++
    if (text[at] ~ /[[]sp/) stack++
    if (words[2] ~ /^ld/) loads++
    if (words[2] ~ /^(mov|dup)$/ && words[3] ~ /^v/) copies++
  }
  if (!fmla) return
  loops[kernel]++
  if (full < fmla) complain("adds less than full registers")
  if (stack) complain(stack " of " (last - first + 1) " instructions of a loop use the stack")
  if (fmla <= most[kernel]) return
  most[kernel] = fmla
  copied[kernel] = copies + 0
  words_of[kernel] = fmla " fmla, " loads + 0 " loads, " copies + 0 " copies, " stack + 0 \
    " of the stack in " (last - first + 1) " instructions"
}

function complain(why) {
  print "FAILED: " kernel ": " why
  failed = 1
}

# A jump back ends a loop; it is an innermost one if no other ends inside.
function jump(target,    first, at) {
  if (!(target in place)) return
  first = place[target]
  for (at = first; at < count; at++) if (begins[at] >= first) return ends(first)
  judge(first, count)
  ends(first)
}
function ends(first) { begins[count] = first }

/^[0-9a-f]+ <.*>:$/ {
  kernel = $2
  gsub(/[<>:]/, "", kernel)
  split("", place)
  split("", text)
  split("", begins)
  count = 0
  next
}
/^ *[0-9a-f]+:/ {
  count++
  text[count] = $0
  sub(/:$/, "", $1)
  place[$1] = count
  if ($2 ~ /^(b|b\.[a-z]+|cbn?z|tbn?z)$/) {
    for (field = 3; field < NF; field++) if ($(field + 1) ~ /^<.*>$/) jump($field)
  }
}

END {
  names = split("pointwise stem depthwise depthwisePair line product peak", wanted, " ")
  for (i = 1; i <= names; i++) {
    kernel = wanted[i]
    if (loops[kernel]) print kernel ": " words_of[kernel]
    else complain("no loop that multiplies and adds")
  }
  kernel = "pointwise"
  if (most[kernel] < 16) complain("its largest tile has " most[kernel] + 0 " sums, not 16")
  if (copied[kernel]) complain("copies " copied[kernel] " vectors a round")
  kernel = "peak"
  if (copied[kernel]) complain("copies " copied[kernel] " vectors a round, so it is no peak")
  exit failed
}
