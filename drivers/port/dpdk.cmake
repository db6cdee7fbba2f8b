# dpdk.cmake - DPDK as it is linked: its archives, and of its drivers those of what stands in a trading room.
#
# A shared EAL opens every driver of the distribution before it starts, 130 libraries: measured on two virtual cores, EAL
# start 190 to 290 ms and 130 ms of CPU; with archives 125 ms (100 of them a calibration sleep) and 45.  So:
#   dpdk          what a room that speaks to ports links; of it a program draws what it names
#   dpdk_drivers  every driver, whole, because they name themselves when the program starts; for programs with real ports

# dpdk_archives(<result> <needs> <names...>): a target for each archive, which needs others.
function(dpdk_archives result needs)
	foreach(name ${ARGN})
		find_library(dpdk_${name}_path librte_${name}.a REQUIRED)
		add_library(dpdk_${name} STATIC IMPORTED)
		set_target_properties(dpdk_${name} PROPERTIES IMPORTED_LOCATION ${dpdk_${name}_path})
		target_link_libraries(dpdk_${name} INTERFACE ${needs})
		list(APPEND targets dpdk_${name})
	endforeach()
	list(JOIN targets "," targets)
	set(${result} ${targets} PARENT_SCOPE)
endfunction()

dpdk_archives(dpdk_core "" eal kvargs telemetry mempool mbuf ring net ethdev meter hash rcu pci vhost cryptodev dmadev timer
	security ip_frag metrics sched stack common_iavf common_mlx5 common_sfc_efx)

add_library(dpdk INTERFACE)
target_link_libraries(dpdk INTERFACE "$<LINK_GROUP:RESCAN,${dpdk_core}>" numa fdt bsd jansson atomic dl m Threads::Threads)

# Cards: Intel, NVIDIA, Solarflare, Broadcom, Chelsio, Cisco, QLogic, Netronome, Wangxun; clouds: Amazon, Google, Microsoft, VMware, virtio.
dpdk_archives(dpdk_pmds dpdk bus_auxiliary bus_pci bus_vdev bus_vmbus mempool_ring net_af_packet net_af_xdp net_bnx2x net_bnxt
	net_cxgbe net_e1000 net_ena net_enic net_fm10k net_gve net_i40e net_iavf net_ice net_igc net_ixgbe net_mlx5 net_netvsc
	net_nfp net_null net_pcap net_qede net_ring net_sfc net_txgbe net_vdev_netvsc net_vhost net_virtio net_vmxnet3)

add_library(dpdk_drivers INTERFACE)
target_link_libraries(dpdk_drivers INTERFACE "$<LINK_LIBRARY:WHOLE_ARCHIVE,${dpdk_pmds}>" dpdk ibverbs mlx5 xdp bpf elf z
	PkgConfig::libpcap)
